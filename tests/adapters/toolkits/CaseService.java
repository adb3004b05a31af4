import java.util.Calendar;

/** 一家厂商的服务，由 Apache Axis 1.4 发布。A vendor's service, published by Apache Axis 1.4: rpc/encoded, its WSDL made by Axis. */
public class CaseService {
    public static class Material { private String name; private int copies;
        public String getName(){return name;} public void setName(String v){name=v;}
        public int getCopies(){return copies;} public void setCopies(int v){copies=v;} }
    public static class Case { private String caseNo; private Calendar acceptedAt; private Material[] materials; private Material main;
        public String getCaseNo(){return caseNo;} public void setCaseNo(String v){caseNo=v;}
        public Calendar getAcceptedAt(){return acceptedAt;} public void setAcceptedAt(Calendar v){acceptedAt=v;}
        public Material getMain(){return main;} public void setMain(Material v){main=v;}
        public Material[] getMaterials(){return materials;} public void setMaterials(Material[] v){materials=v;} }
    public String invoke(String xml) { return "<RESULT><CODE>1</CODE><MSG>&lt;x&gt;</MSG>" + xml.substring(xml.indexOf("<A>"), xml.indexOf("</A>")) + "</A></RESULT>"; }
    public Case submit(Case record) throws Exception {
        if (record.getMaterials() == null || record.getMaterials().length == 0) throw new org.apache.axis.AxisFault(new javax.xml.namespace.QName("urn:county", "NoMaterials"), "缺少材料", null, null);
        record.setMain(record.getMaterials()[0]);
        return record;
    }
}
