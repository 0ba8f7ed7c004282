"""The known answer of ML-DSA-44: key, message and signature of the case tcId 1 ("baseline") of Wycheproof.

Source: C2SP/wycheproof, testvectors_v1/mldsa_44_verify_test.json (Apache-2.0). Written in base 85, for the lines' sake.
"""

from __future__ import annotations

from base64 import b85decode
from typing import Final

from firmware.verify.algorithms.base import KnownAnswer

_PUBLIC: Final = (
    b"+nUCA2=clQtRIrSfG?Zqp31pq{_k0bDjJ%}3lR|)3RV)3u7<HWX!1~CBfu283Hn5uCgkbURh8#ChEQzCc@9knsZDHiZ+hp9#pC180$ku~2_-A<"
    b"m;RFJOuZ0$7(~&h#*o;H|DKaJ`1Otp)$TY=>Bs-O6q;|%hsSb=U>%4<;*Jb@U=*DK>&1H*JUNJsn6@0)tw<AH+lm%ubUU_*^h_F()gTwPsQO7h"
    b">w}&Du!gCo!<n&^r7sRaWXW&%qNPJO-Xt{&hHGEs8B$kwj&e~FA$N}+u3xD>(^D^LYnumWt?h;OE~60we1BiW7%j~xWU<0)*4+0lz3uk|aWZ@0"
    b">KrQNK1N8KZNB<ZDtP_Zz6#T=p=y779?nUDdqjqcEW$Lu+oe{+EXgjy#ptEd2J+<YH!VSE9%s?F=dcDCaK(RM53kCF`HJm~<hpjdsbTr;R^?+N"
    b"4Lt3IJ8LNCQhlJ{kt@kEqCAVMffOmbwA7m?aJ<??tGP0<912)wK%dSz{?fEr$ZU^p8nCYXSb0!COChA2OD*Ph44Z1N1QA50R-$V2pGA1#)Pmi?"
    b"HV*eu*?3Ea4#RWQ6*dp)pEBVlqO1}_Lk^4W8_5e9v(g#DaW35W97MD;A7mj2j%F)qULV-{P?7c)t6;Bi@maPrXz{FI*Lx?P)PDE!PQnCBw!*x2"
    b"*)#0bX!qu0IV$`eGg`XFz&3EL_;*L$=>Sso%|-Xq4@0EfJWvelWslAyTo)2Ry2=|`6mvayOOzJHK=nSjG=Z<lgG8|^LkZ?0D+t+mLj-3@a1b#}"
    b"Z)=RNWi}ikVFo!;b*6oF0NcSJ_mPZmjkl^}`j%TtBF7ELk8*u>jN-q?S%1`U7)~5nrn2E6OvuB~QpJ?jcODGPjQbfMM+1u-26FIxuSZ8#Ej@Or"
    b"fp4+i@i`pu@L$cpDh{^78p2B^=T77U6Fz{alM~&rEFYtW#@!u40hKg9IuJ_#ZD5Fha|HUHJGGm&UxE$TTNFjbPMSE}9Dh5A>o%$MjT1#)QOPud"
    b"U-Qk2?XtB(BSaDdneO;HHVcD94!zjwZUM<rS>tnCv_ORb%BO|OKuL)lb1}r~F|Ckb?B{6xGoEP#_>L#K)3S&~XnW$!lN9p+{iSc?|0M|JOj!~;"
    b"29JjR03khE_}Uv6H9|hti13%g2HU|QxF1t5%J_2G_yv|^B9+$UzO6@wL<klbtB^Z6>9yy~3tuNf*fV<=)U8K|+jK+eM#}sbVx`)I2M&xc*llcM"
    b"KMO?eBTJzho)kdIN(j(Ha1|$(kU&#Y1&|>9FIe$is~B}bcO**RxE$)YoOnRLIE16qWUt7?Q=}#Rj8k~(r$k?jVphMs1Ey?K=+7tO#V-`^GL*09"
    b"oZ3K-UH_9jpdlJ~q~pFlnv*41?Q!iHyS0CZlYgVsr-3L*AMlo<VFX*<7-J>GEUJukWEombB$=VXeIcbS8m!VG*~p=WX=9=Tkn;UQ-1TcPiW~vM"
    b"fRX(^1i>q5UF4V4i_9jCP|FMLc{`42H|W(fuhnQ$9~_f+qkv5~=Y?lYeCTM>iIa{q-KOowZ6&c^%Q%HAcmvPoF9_ND&~TM}PHz)QbCyh<zzLXK"
    b"g#qW-_bz_Ih1DpZ-3RtfVyvo{H?TSHr>W7=bys|A&z;@RX()HEIOkGhzP=<=6<g*X2P49CIEqs$zA4>sBjYCsUre3aL4%unGgqsf"
)
_SIGNATURE: Final = (
    b"8m64J?KL1pH1c0Sp?<K}XZV;OUVQ9E)4wuOzsHUV&@S-EEvDV+b735WlyZpy1{I94U;1pQkzrnlj`|HPiV_=j%0vPvtumP#<3dSd4;7F7Z*<qN"
    b"JNX$QjN)0f0Dz9cSL)V#R=1v>W(Vr~k|(&M3ft@meKouq>@OM&P0=Rb&$;{Xy>$B?2_%*JnM$>%%@Z>y8n5UyX-aLu9*CTFD^^8gju$QZvjzY$"
    b">&?OaMO|Iy1q=5Z2TD!TO7-jUREK3B4-@6n&f+n-vqymo{6T@1-<@(Xcnk>_8=9_jE9xhqWSxuyA`d}+FrXH&jLRKW$uoOM65<X7Qa@cOr(mEP"
    b"I)K+=g;Ej*NFL$jP4Jp_kvpYI<qVFwbED4JIZ*raoJ<T7Vxks;8bly+!3@YKIjmQ>m_Zxq=n(jmCn_aI|9u^j4-{e$@4~cFi^+-!nmL04(*gV)"
    b">M^s}|9B*7X7-TpQ)_78E7$5Hr8kK%-RJSXwHHZ=YI#KEqz-SpvG;60+6m(>3Rng#B+AF#xWUrPvr?!YGh`*j^-&~kv|h~$vYo7m&Fl3XV7|OA"
    b"C&_g6ZJ{h5>`zxkg#;<K2lefI*dg-CAHv<J!pP|CCyg5_TlEgd3|1rjXd6u(%>S0NB+FC(mq!ns;djCSYKgCp7+^YWPNHI0lxbh*oYMmsq32@<"
    b"q{5?9+a3pM*|rIyNSl<)ZP+2huQ3E`x24oQ84d~j<d&c0={$pzmtJJcEu12h{6c>985}^9c`387;jlO6xJ<w)om%p>K>--Q*pBu|8us!MGdT>W"
    b"p`R6Y=Eb23XE&CRRbmHFM~QAaBYE~s`@9mlzvf9f!q8s(#rEX2%4yCX)VI=JjDuSS60<%N?RtuGGqkhSj_T07OoSTCWu@#6)Ltco!aOP#Ba*dv"
    b"oMJVOKsbg@Ai)k0#(k6w=ZTXSjlQ$qAL<@Z=fa;&eUpqk{!k*Gpg<5WFx9iBOt|4RAO>Ajp{!7+bA!GAJgy@^>+xC@SN-Uh0DK!~&`%jd9H0!a"
    b"@Qt{Bkl|+F^v-YAoNmtXv-b_2wgI(zd-*X1d@BAeHD|WF?0AvJWN|Zv5-;6&oE=(<oc&23KztU^u*KiSI%r}bjwVZ(8}i+~(bwCTDYYhCOgLz%"
    b"N6CVS3&mS_VN<xC^D;nZvs#jjQ6p>1>G)u+p6*seM~{h0pXZGxrJ;RDCKB<>nS;1w=KH8ck-+ymdnb{I8PXCRO7=kYGvbq-J)rQaYn}KAH>d$+"
    b"u8VbfaZ!@%4{XYKq&<q**Q>Q{fo?kT-dVVd{m*A-tNR2!I^sej&`<%DKdLDvam9MxAL5CK2U@t%O38y`K`Yjj#0uzJ9}r6X(DGWPko9|{_21uN"
    b"JNQ{nKUBJ{{q+n8fv+TWSqE66JAUqRRTJdV>Yqk16`Vp!D4!Uqhn`*+Gm!Y^F!t^$U_;m{8H3!H$E^ONu)sbi=w;Xt&=T72!i~gK^^-L1@<u1r"
    b"HE<m=pY`UA8N1x2?|ohXAWx}B(2s%3WQ5ATV3?gRVf*I^K=<VINwfU11E`Th*Gm=GE_oB&=@~i;oLYM-m%ZlK^OmlFw6$jW^5-;L#4O{m0)dVh"
    b"@bP38xKM*E&?0&6jaZ|B-m1Wx8%;(N^w4I2T`#Vtac%)$<6*#3Y;Hyuqly3DlL8aL+zd>RTrmcxQGL#OzNe`)5i<C#nBG1@_P1CG|MQP->id^D"
    b"j(ODzRw6TpW5ncIh~3(MxO%ts&c+c5{lUf5p<@syQbGJQ7l0_FpVyUvpj<m?gzn93xxHYdO{XRR`0`*%PxM!TCK*q%CY+9LaYS@Q=;#ah#s)pR"
    b"@|=C`SgX7ZF6}gX^p&=$%jSiJrIe};WrIum%*;P)^e^P^LfB$5!}}Bx-3woe1c{Z8Tsw$6_k|NTqgxZ*D`gjAZ}QOwOwozHv;s+e*0_m1K~3I$"
    b"9Z>;{dV_XqEs80)4v#{DH*+t3<+_J~WALhq^|l2wwA5l6IQ_*#gRHYMTV985AxJ*m%w)tFS#D)*6<5A7wJ_>t1y6a@^ruz%?lZ_w?Ojza#p3ME"
    b"1|0OnwZp+`aHqQL%={pYBrxZOA<3>=4G0NywBg?hA6x_#+ig6B`Rb5C>8Y#T=N)Hur6Q`8e{hQwqdwXY>$<r+xa=!>1ZST(>qPujj^>!t#*=;y"
    b"WPQ$wjdhv+_TDnCO;WALB1AS2vJz!kb!ww;Jb7trnZ7-ck9ZHuuJbz~R+D2*W6mlEci+3nnbN*;@7u4u5U%?sp{6|C{h$IhvrV@n$rdE;Uz3m|"
    b"-|e~xW334GNOpZe{D0Q77sVe-8;9Z^2h@nkLN$T;yV~SFO)|57f`gU?B>AQRt7-Mkf3O^yid<y=hBX<X>GMKknD&vWZWl;N8%`jf$||yyfu?j~"
    b"9C>yWx)%HW{Te}p=lDiv=OE_1+1|eMEGwRg8g4uUBNdNRm^j!$KA*=2)y7*RHj8fDmD$7i;tRWkM42%b6qHs5!AO4e0bL#@52z!Wx}b5sS0Q5)"
    b"E87O|A>$k1`P8;_aWv$FEA7oY^*ar31xAy+LXMhoU0O1yo@zX}xF4@91PFbI7Ih{!qW%%;%Q!S10!T<!Dk;=hUQXp@QqG$ntwXtGqkI2_Sdtfz"
    b"?+;4FTgt>TeHVlE;pdz19+s0!w5avn2FN?N3nO<Jonk5wVF2*U-8kb+1!a&7VP#<!8!};qku&%>lm4<R3$Ms5^zhrS-UdkG_+nt@=SKrhT(j)y"
    b"fQS3{L3ze7Zwy8YU0|D=I%akha_$SAtF_;#a@EGXn=?ilC$&O**n>ZZPe-22UkV^FOPY16%z{D+hp%L5+OG98k*<m*MvifP#D7Ll&PAgUN5I74"
    b"D#G|QR(?PQu!4OPv+RJ)i+YfBHs)eXY>LLH3f(o&p`wU#`(?{Nq-d1U7NAn`n_uD#eytF_B+`1)wP-&noe`7lZJ+ZupF2J|%bAgb9~nyW1Q3N#"
    b"jilVSxOiN>#NbTy*e22MN)ZEYOjrZMs;6d~P1C#*|A>i%>ATv_4tFZGlQOh(05eBdXLWdhj*ya;m#NOr*6kZGJwi}(ikG0Oy2jZaC^}1NZ*hTw"
    b"gp;nw&ClWL?EC^JNJ&>&Tdlmm$oc>P000000000000000000005+5=?"
)

KNOWN_ANSWER: Final = KnownAnswer(b85decode(_PUBLIC), b"Hello world", b85decode(_SIGNATURE))
